"""``files.*``: the three steps of an upload (address, bytes, completion)."""

from __future__ import annotations

from bot.fakeslack.errors import ApiError
from bot.fakeslack.methods.chat import destination, new_message
from bot.fakeslack.methods.events import message_event
from bot.fakeslack.methods.registry import Context, method
from bot.fakeslack.records import Json, UploadedFile

MOST_ALT_TEXT = 1_000


@method("files.getUploadURLExternal", "files:write")
def get_upload_url(ctx: Context) -> Json:
    """Give the address that the bytes go to."""
    size_bytes = ctx.number("length", 0)
    if size_bytes <= 0:
        raise ApiError.explained("invalid_arguments", ["missing required field: length"])
    if len(ctx.text("alt_txt", "")) > MOST_ALT_TEXT:
        raise ApiError.explained("invalid_arguments", ["must be less than 1001 characters"])
    file = UploadedFile(
        ctx.world.ids.new("F"),
        ctx.text("filename"),
        size_bytes,
        ctx.workspace.id,
        alt_text=ctx.optional("alt_txt"),
    )
    ctx.world.files[file.id] = file
    return {"file_id": file.id, "upload_url": f"{ctx.world.url}/upload/{file.id}"}


@method("files.completeUploadExternal", "files:write")
def complete_upload(ctx: Context) -> Json:
    """Finish uploads and, when a channel is named, post them there."""
    listed = ctx.structure("files")
    if not isinstance(listed, list) or not listed:
        raise ApiError.explained("invalid_arguments", ["missing required field: files"])
    done: list[UploadedFile] = []
    for one in listed:
        file = ctx.world.files.get(str(one.get("id"))) if isinstance(one, dict) else None
        if file is None or file.team_id != ctx.workspace.id or file.shared:
            raise ApiError("file_not_found")
        if file.content is None:
            raise ApiError("file_update_failed")
        file.title = str(one.get("title") or file.name)
        done.append(file)
    named = ctx.text("channel_id", ctx.text("channels", ""))
    if named:
        _post(ctx, named, done)
    for file in done:
        file.shared = True
    return {"files": [file.as_json() for file in done]}


def _post(ctx: Context, channel_id: str, files: list[UploadedFile]) -> None:
    ctx.args["channel"] = channel_id
    channel = destination(ctx)
    message = new_message(ctx, channel)
    message.text = ctx.text("initial_comment", "")
    message.subtype = "file_share"
    message.files = [file.as_json() for file in files]
    ctx.world.store(message)
    ctx.world.note_pings(message, ctx.method)
    ctx.world.emit(ctx.workspace.id, message_event(ctx.world, message), channel)
