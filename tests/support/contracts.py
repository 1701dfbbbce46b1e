"""An import contract that lists what a package may import: anything else is refused, a new dependency too."""

import sys
from collections.abc import Iterable, Iterator
from typing import cast

import grimp
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application import contract_utils
from importlinter.application.contract_utils import AlertLevel
from importlinter.domain.helpers import module_expressions_to_modules

_STANDARD = sys.stdlib_module_names


class OnlyContract(Contract):
    """Each of the `packages` may import itself, the standard library, and what `may_import` names.

    There, `a.b` is that module or that package's `__init__` alone, and `a.b.**` is the whole package.
    `ignore_imports` are exceptions, as in import-linter's own contracts.
    """

    packages = fields.SetField(subfield=fields.ModuleExpressionField())
    may_import = fields.SetField(subfield=fields.StringField(), required=False)
    ignore_imports = fields.SetField(subfield=fields.ImportExpressionField(), required=False)

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Return whether the contract is kept, and which imports break it."""
        removal = contract_utils.remove_ignored_imports_and_report(
            graph=graph,
            ignore_imports=cast("set[object]", self.ignore_imports or set()),  # type: ignore[arg-type]  # a field's value
            unmatched_alerting=AlertLevel.ERROR,
        )
        packages = module_expressions_to_modules(graph, self.packages)  # type: ignore[arg-type]  # a field's value
        names = sorted(package.name for package in packages)
        refused = [pair for name in names for pair in self._refused(graph, name)]
        return ContractCheck(
            kept=not refused,
            warnings=list(removal.warnings),
            ignored_import_count=removal.ignored_import_count,
            metadata={"refused": refused},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the imports that break it."""
        for importer, imported in check.metadata["refused"]:
            output.print_error(f"{importer} may not import {imported}")

    def _refused(self, graph: grimp.ImportGraph, package: str) -> Iterator[tuple[str, str]]:
        allowed = {f"{package}.**", *cast("Iterable[str]", self.may_import or ())}
        for importer in sorted({package, *graph.find_descendants(package)}):
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                parts = imported.split(".")
                whole = {".".join((*parts[:length], "**")) for length in range(1, len(parts) + 1)}
                if parts[0] not in _STANDARD and not {imported, *whole} & allowed:
                    yield importer, imported
