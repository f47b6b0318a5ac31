"""What a finished layer contains and why, for people."""

from __future__ import annotations

from collections import Counter

from rich import box
from rich.console import Console
from rich.table import Table

from deploy.layer.build import Layer
from deploy.layer.inspection import highest
from deploy.layer.pruning import RULES
from deploy.layer.target import MEGABYTE, Image
from deploy.layer.unpack import OWN_PACKAGE


def show(layer: Layer, console: Console) -> None:
    console.print(_packages(layer))
    console.print(_dropped(layer))
    _summary(layer, console)


def _packages(layer: Layer) -> Table:
    compressed, unpacked = Counter[str](), Counter[str]()
    for member in layer.members:
        package = layer.package_of(member)
        compressed[package] += member.compressed
        unpacked[package] += member.size
    versions = {pin.name: pin.version for pin in layer.pins}
    reasons = {OWN_PACKAGE: "this repository's shared/facegate", **{pin.name: pin.reason for pin in layer.pins}}
    table = Table(title=f"the layer for {layer.target}", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("package", "version", "zipped kB", "unpacked kB", "why it is there"):
        table.add_column(name, justify="right" if name.endswith("kB") else "left", no_wrap=not name.startswith("why"))
    for package, size in compressed.most_common():
        cells = (versions.get(package, ""), f"{size / 1000:,.0f}", f"{unpacked[package] / 1000:,.0f}")
        table.add_row(package, *cells, reasons.get(package, ""))
    table.add_section()
    total = (f"{compressed.total() / 1000:,.0f}", f"{unpacked.total() / 1000:,.0f}")
    table.add_row("all", "", *total, f"{len(layer.members)} files; of each module, its source and its bytecode")
    return table


def _dropped(layer: Layer) -> Table:
    table = Table(title="left out of the wheels", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("what", no_wrap=True)
    table.add_column("unpacked kB", justify="right", no_wrap=True)
    table.add_column("why")
    for rule in sorted(RULES, key=lambda rule: -layer.contents.dropped[rule.what]):
        table.add_row(rule.what, f"{layer.contents.dropped[rule.what] / 1000:,.0f}", rule.reason)
    return table


def _summary(layer: Layer, console: Console) -> None:
    image = layer.target.image
    lines = [("compiled by", f"CPython {layer.interpreter.version}; never checked against the sources again")]
    if image is not None:
        lines += _against(layer, image)
    lines += [
        ("zip", str(layer.archive)),
        ("its sha256", layer.sha256),
        ("of its files", f"{layer.content_sha256} (does not depend on the compressor)"),
    ]
    for name, text in lines:
        console.print(f"{name:<14}{text}", highlight=False, soft_wrap=True)


def _against(layer: Layer, image: Image) -> list[tuple[str, str]]:
    compressed = layer.archive.stat().st_size
    unpacked = sum(member.size for member in layer.members)
    needed = highest(layer.objects)
    newest = ".".join(map(str, image.newest["GLIBC"]))
    lines = [
        ("zip size", _share(compressed, image.budget.compressed)),
        ("unpacked size", _share(unpacked, image.budget.unpacked)),
    ]
    if needed:
        version, path = ".".join(map(str, needed[0])), needed[1]
        text = f"{version} at most, by {path}; {image.name} has {newest}; {len(layer.objects)} shared objects read"
        lines.append(("needs glibc", text))
    return lines


def _share(size: int, most: int) -> str:
    return f"{size / MEGABYTE:.1f} MB of {most / MEGABYTE:.0f} MB allowed"
