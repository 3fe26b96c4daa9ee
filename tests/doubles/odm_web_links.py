"""Links between groups and between objects, and the lists of what is linked."""

from __future__ import annotations

from collections.abc import Iterable

from tests.doubles.http_exchange import Answer
from tests.doubles.odm_web_importing import KEYS
from tests.doubles.odm_web_paths import Asked, Routes, Wrong
from tests.doubles.odm_web_switches import Switches
from tests.doubles.odm_web_templates import EXPRESSION, LIBRARY, PREPARATION, SAMPLE, STUDY, TEMPLATES
from tests.doubles.odm_web_world import Run, Thing, World


class Links:
    """Writing links; what they are is read in odm_web_linked."""

    def __init__(self, world: World, switches: Switches, routes: Routes) -> None:
        self.world = world
        self.switches = switches
        base, both = "as-curator/integration/link", "POST|DELETE"
        routes.add(both, f"{base}/sample/group/{{source}}/to/study/{{target}}", self.sample_group)
        routes.add(
            both, f"{base}/{{kind:library|preparation}}/group/{{source}}/to/sample/group/{{target}}", self.pooled
        )
        routes.add(
            both,
            f"{base}/expression/group/{{source}}/to/{{kind:sample|library|preparation}}/group/{{target}}",
            self.expression_group,
            ("linkingAttribute",),
        )
        routes.add(
            both,
            f"{base}/{{kind:sample|library|preparation|expression}}/{{source}}/to/"
            "{to:study|sample|library|preparation}/{target}",
            self.objects,
        )

    def sample_group(self, asked: Asked) -> Answer:
        study = self._thing(asked.parts["target"], STUDY)
        samples = self._members(asked.parts["source"], SAMPLE)
        if asked.call.method == "DELETE":
            return self._removed(self.world.study_of.pop(one.accession, None) for one in samples)
        for one in samples:
            self._check_free(one, study)
        self.world.study_of.update({one.accession: study.accession for one in samples})
        return Answer(204)

    def pooled(self, asked: Asked) -> Answer:
        """Libraries or preparations to samples, by their own Sample Source ID."""
        things = self._members(asked.parts["source"], asked.parts["kind"])
        samples = self._members(asked.parts["target"], SAMPLE)
        if asked.call.method == "DELETE":
            return self._removed(self.world.samples_of.pop(one.accession, None) for one in things)
        ids = _by_value(samples, KEYS[SAMPLE])
        links = {one.accession: [s for own in one.texts(KEYS[SAMPLE]) for s in ids.get(own, [])] for one in things}
        if not any(links.values()):
            raise Wrong(400, "Nothing was linked: no Sample Source ID is the same")
        if not self.switches.link_lost:
            self.world.samples_of.update({own: found for own, found in links.items() if found})
        return Answer(204)

    def expression_group(self, asked: Asked) -> Answer:
        kind = asked.parts["kind"]
        matrix = self.world.matrices.get(asked.parts["source"])
        if matrix is None:
            raise Wrong(400, f"Group '{asked.parts['source']}' could not be found")
        targets = self._members(asked.parts["target"], kind)
        if asked.call.method == "DELETE":
            return self._removed(self._unlink(run) for run in matrix.runs)
        attribute = self._attribute(asked, kind, targets)
        ids = _by_value(targets, attribute)
        found = [(run, ids[run.source][0]) for run in matrix.runs if run.source in ids]
        if not found:
            raise Wrong(400, f"Nothing was linked: no column is a value of '{attribute}'")
        self._check_one_study(kind, [own for _, own in found])
        for run, own in found:
            run.target, run.by = (kind, own), attribute
        return Answer(204 if len(found) == len(matrix.runs) else 200)

    def objects(self, asked: Asked) -> Answer:
        """One object to one object. An expression is told by its run."""
        kind, to = asked.parts["kind"], asked.parts["to"]
        source, target, delete = asked.parts["source"], asked.parts["target"], asked.call.method == "DELETE"
        if kind == EXPRESSION and to != STUDY:
            run = self.world.runs.get(source)
            self._thing(target, to)
            if run is None:
                raise Wrong(400, f"Run '{source}' could not be found")
            if delete:
                return self._removed([self._unlink(run)])
            run.target, run.by = (to, target), ""
        elif kind == SAMPLE and to == STUDY:
            sample, study = self._thing(source, SAMPLE), self._thing(target, STUDY)
            if delete:
                return self._removed([self.world.study_of.pop(source, None)])
            self._check_free(sample, study)
            self.world.study_of[source] = target
        elif kind in (LIBRARY, PREPARATION) and to == SAMPLE:
            return self._pair(self._thing(source, kind), self._thing(target, SAMPLE), delete)
        else:
            raise Wrong(400, f"A {kind} cannot be linked to a {to}")
        return Answer(204)

    def _pair(self, thing: Thing, sample: Thing, delete: bool) -> Answer:
        samples = self.world.samples_of.setdefault(thing.accession, [])
        there = sample.accession in samples
        if delete:
            if there:
                samples.remove(sample.accession)
            return self._removed([there or None])
        if not there:
            samples.append(sample.accession)
        return Answer(204)

    def _attribute(self, asked: Asked, kind: str, targets: list[Thing]) -> str:
        wanted = asked.query.get("linkingAttribute", KEYS[kind])
        section = [one.name for one in TEMPLATES[targets[0].template][SAMPLE]]
        if wanted != KEYS[kind] and (kind != SAMPLE or wanted not in section):
            raise Wrong(400, f"Attribute '{wanted}' cannot be used for linking")
        return wanted

    def _check_free(self, sample: Thing, study: Thing) -> None:
        if self.world.study_of.get(sample.accession, study.accession) != study.accession:
            raise Wrong(400, f"Sample '{sample.accession}' is linked to another study")

    def _check_one_study(self, kind: str, targets: Iterable[str]) -> None:
        samples = [
            sample for own in targets for sample in ([own] if kind == SAMPLE else self.world.samples_of.get(own, []))
        ]
        if len(self.world.studies_of(samples)) > 1:
            raise Wrong(400, "Runs of a group must belong to one study")

    def _unlink(self, run: Run) -> object:
        target, run.target, run.by = run.target, None, ""
        return target

    def _removed(self, gone: Iterable[object]) -> Answer:
        if not [one for one in gone if one is not None]:
            raise Wrong(400, "There is no such link")
        return Answer(204)

    def _members(self, group: str, kind: str) -> list[Thing]:
        if self.world.groups.get(group) != kind:
            raise Wrong(400, f"Group '{group}' could not be found")
        return self.world.members(group)

    def _thing(self, accession: str, kind: str) -> Thing:
        thing = self.world.things.get(accession)
        if thing is None or thing.kind != kind:
            raise Wrong(400, f"There is no {kind} '{accession}'")
        return thing


def _by_value(things: Iterable[Thing], attribute: str) -> dict[str, list[str]]:
    """value of the attribute: accessions."""
    found: dict[str, list[str]] = {}
    for one in things:
        for value in one.texts(attribute):
            found.setdefault(value, []).append(one.accession)
    return found
