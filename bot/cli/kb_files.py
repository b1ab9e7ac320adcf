"""``vrambot kb export`` and ``import``: the knowledge base as Markdown files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from bot.cli.team import (
    calculator_names,
    opened_store,
    print_problems,
    terminal_author,
    workspace_option,
)
from bot.errors import BadInput
from bot.home import terminal_language
from bot.messages import say


@click.command("export", short_help="Write all entries to a folder.")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--own", is_flag=True, help="Only the entries of the team, not the built-in ones.")
@workspace_option
def export(directory: Path, own: bool, workspace: str) -> int:
    """Write all entries to DIRECTORY, one Markdown file each, as `kb import` reads them."""
    from knowledge.curation import workspace_entries
    from knowledge.loader import find_entry
    from knowledge.writing import entry_markdown

    with opened_store(to_read=True) as store:
        entries = workspace_entries(store, workspace)
    chosen = [one for id_, one in sorted(entries.items()) if not own or one != find_entry(id_)]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for entry in chosen:
            file = directory / f"{entry.id}.md"
            file.write_text(entry_markdown(entry), encoding="utf-8", newline="\n")
    except OSError as error:
        raise BadInput("file_unwritable", path=str(error.filename or directory)) from error
    language = terminal_language()
    click.echo(say("kb_exported", language, count=len(chosen), path=str(directory)))
    return 0


@click.command("import", short_help="Read entries from a file, a folder or a FAQ document.")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--draft", "as_drafts", is_flag=True, help="Import entry files as drafts.")
@click.option("--replace-built-in", is_flag=True, help="Let an entry replace a built-in one.")
@workspace_option
def import_(path: Path, as_drafts: bool, replace_built_in: bool, workspace: str) -> int:
    """Read entries from PATH: an entry file, a folder of them, or a numbered FAQ document.

    Entry files that pass the checks of `kb check` go live; each numbered question of a document
    becomes a draft, with the language it is not written in left empty. What is the same as before
    stays as it is. Exit code 2: something was refused.
    """
    from bot.understanding.language import detect_language
    from knowledge.faq_document import is_faq_document
    from knowledge.importing import Importer

    texts = _texts(path)
    with opened_store() as store:
        importer = Importer(store, workspace, terminal_author(), calculator_names())
        if path.is_file() and is_faq_document(texts[path.name]):
            done = importer.document(texts[path.name], path.stem, detect_language)
        elif texts and (path.is_dir() or texts[path.name].startswith("---")):
            done = importer.files(texts, as_drafts=as_drafts, replaces=replace_built_in)
        else:
            raise BadInput("kb_import_nothing", path=str(path))
    language = terminal_language()
    for one in done:
        values = {"name": one.name, "version": one.version, "draft": one.draft_id}
        click.echo(say(f"kb_import_{one.what}", language, **values))
        if one.what != "unchanged":
            print_problems(one.problems)
    counts: Counter[str] = Counter(one.what for one in done)
    kinds = ("new", "changed", "unchanged", "draft", "refused")
    sums = {kind: counts[kind] for kind in kinds}
    click.echo(say("kb_import_sum", language, workspace=workspace, **sums))
    return 2 if counts["refused"] else 0


def _texts(path: Path) -> dict[str, str]:
    """Read the file, or the entry files of the folder, by name."""
    files = sorted(path.glob("*.md")) if path.is_dir() else [path]
    found = {}
    for file in files:
        try:
            found[file.name] = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput("file_unreadable", path=str(file)) from error
    return found
