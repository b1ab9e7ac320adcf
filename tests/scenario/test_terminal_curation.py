"""``vrambot kb``: export, import, drafts, versions, open questions; and answers from them."""

import json

import pytest

from bot.cli.main import run
from bot.home import database_path
from knowledge.loader import load_entries, read_entry
from knowledge.store import open_store

OURS = """---
id: zephyr-booking
title: {{en: How do I book a zephyr node?, zh: 怎么预订 zephyr 节点？}}
ask:
  en: [{en}]
  zh: [{zh}]
tags: [zephyr]
sources: [{{title: the platform team}}]
reviewed: 2026-03-01
---

<!-- en -->
{body}
<!-- zh -->
在 #zephyr 里问。
"""
EN = [
    f"{verb} a zephyr {noun}"
    for verb in ("book", "reserve", "get", "ask for")
    for noun in ("node", "slot")
]
ZH = [
    f"{verb} zephyr {noun}"
    for verb in ("预订", "申请", "预约", "借用")
    for noun in ("节点", "机器")
]
FAQ = """Questions we get

1. How many nodes has zephyr?

Twelve. In a list:

1. four with A100
2. eight with H100
3. none with V100
4. and that is all

2. 怎么登录 zephyr？

2.1 第一次登录

先找管理员开通账号。

```
1. 这一行在代码里
```

2.2 以后登录

用 ssh。

3. A heading without an answer
"""


def ours(body="Ask in #zephyr.", en=EN):
    return OURS.format(en=", ".join(en), zh=", ".join(ZH), body=body)


def kb(capsys, *arguments):
    code = run(["kb", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "zephyr-booking.md"
    path.write_text(ours(), encoding="utf-8")
    return path


def test_an_imported_entry_answers_at_once(capsys, file):
    code, out, _ = kb(capsys, "import", file)
    assert code == 0
    assert "1 new" in out
    assert run(["ask", "how do I reserve a zephyr slot"]) == 0
    assert "Ask in #zephyr." in capsys.readouterr().out
    assert kb(capsys, "show", "zephyr-booking")[1].startswith("How do I book a zephyr node?")
    assert "zephyr-booking" in kb(capsys, "list")[1]
    assert "zephyr-booking" not in kb(capsys, "list", "--workspace", "T9")[1]


def test_importing_again_changes_nothing_and_an_edit_is_a_version(capsys, file):
    kb(capsys, "import", file)
    assert "1 unchanged" in kb(capsys, "import", file)[1]
    file.write_text(ours("Ask the desk."), encoding="utf-8")
    assert "1 changed" in kb(capsys, "import", file)[1]
    code, out, _ = kb(capsys, "history", "zephyr-booking")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["2", "1"]
    assert "terminal" in out
    newest = json.loads(kb(capsys, "history", "zephyr-booking", "--json")[1].splitlines()[0])
    assert newest["entry"]["body"]["en"] == "Ask the desk."


def test_undo_and_withdraw(capsys, file):
    kb(capsys, "import", file)
    file.write_text(ours("Ask the desk."), encoding="utf-8")
    kb(capsys, "import", file)
    assert "version 3" in kb(capsys, "undo", "zephyr-booking")[1]
    assert "Ask in #zephyr." in kb(capsys, "show", "zephyr-booking")[1]
    assert "version 4" in kb(capsys, "undo", "zephyr-booking", "--to", 2)[1]
    assert "withdrawn" in kb(capsys, "withdraw", "zephyr-booking")[1]
    assert kb(capsys, "show", "zephyr-booking")[0] == 10
    for command in ("undo", "withdraw", "history"):
        code, _, err = kb(capsys, command, "nothing-such")
        assert code == 10
        assert "nothing-such" in err


def test_export_and_import_give_the_same_entries(capsys, file, tmp_path):
    kb(capsys, "import", file)
    code, out, _ = kb(capsys, "export", tmp_path / "all")
    assert code == 0
    assert f": {len(load_entries()) + 1}." in out
    before = {path.name: path.read_bytes() for path in (tmp_path / "all").iterdir()}
    assert read_entry(tmp_path / "all" / "zephyr-booking.md") == read_entry(file)
    for entry in load_entries():
        assert read_entry(tmp_path / "all" / f"{entry.id}.md") == entry
    database_path().unlink()
    out = kb(capsys, "import", tmp_path / "all")[1]
    assert f"1 new, 0 changed, {len(load_entries())} unchanged, 0 drafts, 0 refused" in out
    kb(capsys, "export", tmp_path / "again")
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == before
    kb(capsys, "export", tmp_path / "own", "--own")
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["zephyr-booking.md"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ours(en=EN[:3]), "has 3"),
        (ours().replace("reviewed:", "calculator: warp_drive\nreviewed:"), "warp_drive"),
        (ours().replace("zephyr-booking", "tf32-bits"), "built-in entry"),
        (ours("```\nnot closed"), "body is missing in Chinese"),
        (ours("[x](javascript:alert)"), "neither an http(s) address nor an entry"),
        ("---\nid: [\n---\n", "not YAML"),
        (ours(en=[*EN[:7], "tf32 bits"]), "is also in tf32-bits"),
    ],
)
def test_what_fails_a_check_does_not_go_live(capsys, file, text, said):
    file.write_text(text, encoding="utf-8")
    code, out, _ = kb(capsys, "import", file)
    assert code == 2
    assert said in out
    assert "1 refused" in out
    assert kb(capsys, "show", "zephyr-booking")[0] == 10


def test_a_built_in_entry_is_replaced_only_when_that_is_said(capsys, file):
    file.write_text(ours().replace("zephyr-booking", "tf32-bits"), encoding="utf-8")
    assert kb(capsys, "import", file)[0] == 2
    assert kb(capsys, "import", file, "--replace-built-in")[0] == 0
    assert "Ask in #zephyr." in kb(capsys, "show", "tf32-bits")[1]
    kb(capsys, "withdraw", "tf32-bits")
    assert "19 bits" in kb(capsys, "show", "tf32-bits")[1]


def test_a_numbered_document_becomes_drafts(capsys, tmp_path):
    document = tmp_path / "zephyr faq.md"
    document.write_text(FAQ, encoding="utf-8")
    code, out, _ = kb(capsys, "import", document)
    assert code == 0
    assert "3 drafts" in out
    assert "the body is missing in Chinese" in out
    assert "the body is missing in English" in out
    listed = kb(capsys, "drafts")[1]
    for id_ in ("zephyr-faq-1", "zephyr-faq-2-1", "zephyr-faq-2-2"):
        assert id_ in listed
    with_list = open_store(database_path())
    drafts = {one.entry.id: one.entry for one in with_list.drafts("local")}
    with_list.close()
    assert drafts["zephyr-faq-1"].body.en.endswith("4. and that is all")
    assert "1. 这一行在代码里" in drafts["zephyr-faq-2-1"].body.zh
    assert drafts["zephyr-faq-2-1"].ask.zh == ("第一次登录",)
    assert "3 unchanged" in kb(capsys, "import", document)[1]
    document.write_text(FAQ.replace("Twelve", "Sixteen"), encoding="utf-8")
    kb(capsys, "import", document)
    assert len(kb(capsys, "drafts")[1].splitlines()) == 3


def test_an_incomplete_draft_cannot_go_live(capsys, tmp_path):
    document = tmp_path / "faq.md"
    document.write_text(FAQ, encoding="utf-8")
    kb(capsys, "import", document)
    code, out, err = kb(capsys, "publish", "faq-1")
    assert code == 2
    assert "cannot go live" in err
    assert "the title is missing in Chinese" in out
    assert kb(capsys, "show", "faq-1")[0] == 10


def test_a_complete_draft_is_published_once(capsys, file):
    kb(capsys, "import", file, "--draft")
    assert "version 1" in kb(capsys, "publish", "zephyr-booking")[1]
    assert kb(capsys, "publish", "zephyr-booking")[0] == 10
    assert kb(capsys, "drafts")[0] == 10


def test_a_draft_of_an_entry_that_changed_meanwhile_is_kept(capsys, file):
    kb(capsys, "import", file)
    file.write_text(ours("Mine."), encoding="utf-8")
    kb(capsys, "import", file, "--draft")
    file.write_text(ours("Theirs."), encoding="utf-8")
    kb(capsys, "import", file)
    code, _, err = kb(capsys, "publish", "zephyr-booking")
    assert code == 2
    assert "was changed by" in err
    assert "in conflict" in kb(capsys, "drafts")[1]
    assert "Theirs." in kb(capsys, "show", "zephyr-booking")[1]


@pytest.mark.parametrize("text", ["", "no questions here\n", "\x00\x01", "1.\n2.\n"])
def test_a_file_of_something_else_is_said(capsys, tmp_path, text):
    path = tmp_path / "x.md"
    path.write_text(text, encoding="utf-8")
    code, _, err = kb(capsys, "import", path)
    assert code == 2
    assert "neither entry files nor numbered questions" in err


def test_unanswered_questions_are_listed_together(capsys):
    for text in ("who won the cup final", "Who won the cup final?", "best pizza in town"):
        run(["ask", text])
    capsys.readouterr()
    code, out, _ = kb(capsys, "unanswered")
    assert code == 0
    assert out.splitlines()[0] == "best pizza in town"
    assert "asked 2 times" in out
    rows = [json.loads(line) for line in kb(capsys, "unanswered", "--json")[1].splitlines()]
    assert [row["count"] for row in rows] == [1, 2]
    assert kb(capsys, "unanswered", "--workspace", "T9")[0] == 10
