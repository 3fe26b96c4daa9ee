"""Publishing drafts: a task whose state moves on with every look at it."""

from __future__ import annotations

from typing import Any

from tests.doubles.http_exchange import Answer
from tests.doubles.odm_web_paths import Asked, Routes, Wrong
from tests.doubles.odm_web_switches import Switches
from tests.doubles.odm_web_templates import STUDY
from tests.doubles.odm_web_world import World

MESSAGE = "Auto-published by API call"


class Tasks:
    def __init__(self, world: World, switches: Switches, routes: Routes) -> None:
        self.world = world
        self.switches = switches
        self._tasks: dict[str, dict[str, Any]] = {}
        self._looks: dict[str, int] = {}
        path = "as-curator/integration/studies/{id}/tasks/publish-versions"
        routes.add("POST", path, self.publish, ("versionMessage",))
        routes.add("GET", "tasks/{id}", self.task)

    def publish(self, asked: Asked) -> Answer:
        """The study gets a version with this message; there are no drafts here that it could hold."""
        study = self.world.things.get(asked.parts["id"])
        if study is None or study.kind != STUDY:
            raise Wrong(404, f"Object '{asked.parts['id']}' could not be found")
        self.world.commit(study, study.metadata, asked.user.name, asked.query.get("versionMessage") or MESSAGE)
        own = str(9001 + len(self._tasks))
        self._tasks[own] = {
            "id": own,
            "name": "Publish versions",
            "status": "CREATED",
            "application": "genestack/versioning",
            "startedAt": self.world.now(),
            "endedAt": None,
            "createdBy": asked.user.email,
        }
        return Answer.json(self._tasks[own])

    def task(self, asked: Asked) -> Answer:
        own = asked.parts["id"]
        if own not in self._tasks:
            raise Wrong(404, f"Task '{own}' could not be found")
        looks = self._looks[own] = self._looks.get(own, 0) + 1
        steps, task = self.switches.task_steps, self._tasks[own]
        if looks <= len(steps):
            task["status"] = steps[looks - 1]
        elif task["endedAt"] is None:
            task |= {"status": self.switches.task_end, "endedAt": self.world.now()}
        return Answer.json(task)
