# Every target is a script of the same name, so that nothing depends on make.
.PHONY: setup run test check test-services soak bench clean

setup run test check test-services soak bench:
	@bash scripts/$@

clean:
	rm -rf .venv home staticfiles anze/kernel/web/static/vendor
