"""Files as a town scans them, made here."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, PngImagePlugin


def picture(kind: str = "PNG", *, colour: str = "white", size: tuple[int, int] = (300, 200), secret: str = "") -> bytes:
    """secret: a text that the file carries beside its colours."""
    out, more = BytesIO(), PngImagePlugin.PngInfo()
    if secret:
        more.add_text("Comment", secret)
    Image.new("RGB", size, colour).save(out, kind, **({"pnginfo": more} if kind == "PNG" else {}))
    return out.getvalue()


def pdf(pages: int = 1) -> bytes:
    out = BytesIO()
    sheets = [Image.new("RGB", (120, 170), (page, 0, 0)) for page in range(pages)]
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    return out.getvalue()


def locked_pdf() -> bytes:
    """A PDF that says it is encrypted, with a password nobody has."""
    plain = pdf().decode("latin-1")
    lock = "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <" + "ab" * 32 + "> /U <" + "cd" * 32 + "> >>"
    key = "/ID [<" + "00" * 16 + "> <" + "00" * 16 + ">]"
    at = plain.rindex("trailer")
    return (plain[:at] + plain[at:].replace("<<", f"<< {lock} {key} ", 1)).encode("latin-1")
