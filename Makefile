# The two that matter: `make app` serves the page, `make test` proves the promises.
PYTHON ?= python3
PORT ?= 7860
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: app test lint bench soak quality fit picture space clean

app: $(VENV)/app.done
	$(RUN) app.py --port $(PORT)

# A file of tests stays in one process, with the models that it has loaded. Two processes need no threads besides.
test: $(VENV)/test.done
	OMP_NUM_THREADS=1 OPENCV_FOR_THREADS_NUM=1 $(RUN) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/test.done
	$(RUN) -m ruff check

# Speed on this machine; run it while nothing else does. The numbers go into the READMEs.
bench: $(VENV)/test.done
	$(RUN) -m pytest tests/bench --benchmark-json=build/bench.json
	$(RUN) -m docs.blocks build/bench.json

# Long campaigns: minutes of damaged notebooks and files.
soak: $(VENV)/test.done
	$(RUN) -m pytest tests/soak

# What the edits do to photographs kept aside for reporting.
quality: $(VENV)/test.done
	$(RUN) -m checkpoints.quality
	$(RUN) -m checkpoints.face_generator.quality
	$(RUN) -m checkpoints.sketch_painter.quality --minutes 20
	$(RUN) -m checkpoints.hidden_mesh.quality
	$(RUN) -m checkpoints.head_parser.quality
	$(RUN) -m checkpoints.glasses_parser.quality
	$(RUN) -m checkpoints.hands.quality

# Fit every embedded model that was made here again, from photographs fetched by package name and version.
FITTED := face_shape mouth_interior attribute_directions label_painter
fit: $(VENV)/test.done
	for model in $(FITTED); do \
		$(RUN) -m checkpoints.$$model.train && $(RUN) -m checkpoints.record $$model || exit 1; \
	done
	$(RUN) -m docs.blocks

# The picture of the page at the head of the READMEs.
picture: $(VENV)/test.done
	$(RUN) -m docs.picture

# Upload as a Hugging Face Space: make space SPACE=you/limner [PRELOAD=face_parser] [DRY=1]
space: $(VENV)/app.done
	@$(RUN) -m docs.space "$(SPACE)" $(if $(PRELOAD),--preload "$(PRELOAD)") $(if $(DRY),--dry)

clean:
	rm -rf $(VENV) build

$(VENV)/app.done: requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("Limner needs Python 3.11 or newer; $(PYTHON) is %d.%d. Run: make PYTHON=python3.12 app" % v[:2])'
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet -r requirements.txt -c constraints.txt
	@touch $@

$(VENV)/test.done: $(VENV)/app.done requirements-test.txt
	$(RUN) -m pip install --quiet -r requirements-test.txt -c constraints.txt
	@mkdir -p build
	@touch $@
