# Every target is a script of the same name, so that nothing depends on make.
.PHONY: setup run test check test-services soak bench domain clean

setup run test check test-services soak bench:
	@bash scripts/$@

domain:
	@bash scripts/domain $(if $(name),"name=$(name)") $(if $(title),"title=$(title)") $(if $(noun),"noun=$(noun)")

clean:
	rm -rf .venv home staticfiles anze/kernel/web/static/vendor
