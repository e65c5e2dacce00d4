"""The roof: command line, nightly run, morning report and the sample web. Nothing imports it."""
