"""What was filled into an XFA form, from its datasets packet, by the one hardened XML parser.

Called by the reader in this package where a form has XFA. The XML is data from outside: it is read
by `adapters.formats.xml` only, and never by this module's own means.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from adapters.formats.pdf.form import FormField, xfa_datasets
from adapters.formats.xml import opened
from hub.canonical import Place, folded

if TYPE_CHECKING:
    import pikepdf

_MOST = 5000
_DEPTH = 40


def xfa_fields(objects: pikepdf.Pdf) -> list[FormField] | None:
    """Return the filled leaves of the datasets packet; None where it can't be read."""
    try:
        packet = xfa_datasets(objects)
    except Exception:  # noqa: BLE001  # whatever is wrong with the packet, the caller says so
        return None
    root = opened(packet).root if packet else None
    if root is None:
        return None
    fields: list[FormField] = []
    _walk(_data(root), "", fields, 0)
    return fields


def _data(root: Any) -> Any:  # noqa: ANN401  # an lxml element
    """Return the datasets of a whole XDP; what is no XDP is taken as it is."""
    if root.tag.rpartition("}")[2] != "xdp":
        return root
    return next((one for one in root.iter("{*}datasets")), root)


def _walk(element: Any, path: str, fields: list[FormField], depth: int) -> None:  # noqa: ANN401  # pikepdf objects and JSON have no types
    if depth > _DEPTH or len(fields) >= _MOST:
        return
    children = [one for one in element if isinstance(one.tag, str)]
    before: Counter[str] = Counter()
    for child in children:
        name = child.tag.rpartition("}")[2]
        again = before[name]
        before[name] += 1
        name = f"{name}[{again}]" if again else name
        _walk(child, f"{path}.{name}" if path else name, fields, depth + 1)
    text = folded(element.text)
    if not children and text:
        place = Place("xfa datasets", "page", "xfa")
        fields.append(FormField(path.removeprefix("data."), "text", text, "", place))
