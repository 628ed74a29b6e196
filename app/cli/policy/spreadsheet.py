"""CSV that is safe to open in a spreadsheet."""

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(cell: str) -> str:
    """`cell`, with an apostrophe in front where a spreadsheet would run it as a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell.startswith(_BEGINS_A_FORMULA) else cell
