# The menu. Needs Python 3.11 to 3.13 and make; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check bench screenshots clean

run: .venv/run.stamp          ## dashboard on http://localhost:8501
	$(BIN)/streamlit run app.py

# Modules stay compiled even where the machine says no: every worker and every server of the tests starts from them.
test: export PYTHONDONTWRITEBYTECODE :=
test: .venv/dev.stamp         ## everything, browser journeys included (needs Chromium)
	$(BIN)/python -m pytest -n 4

check: .venv/dev.stamp        ## style, types, the rule between rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev.stamp        ## measures; prints tables, asserts nothing; the first time it makes 3.4 GB of simulated files
	$(BIN)/python benchmarks/pages.py
	$(BIN)/python benchmarks/atlas.py
	$(BIN)/python benchmarks/web.py
	$(BIN)/python benchmarks/serve.py
	$(BIN)/python benchmarks/own.py
	$(BIN)/python benchmarks/spatial.py

screenshots: .venv/dev.stamp  ## the pictures of the README, from the running app
	$(BIN)/python docs/screenshots.py

.venv/run.stamp: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

clean:
	rm -rf .venv
