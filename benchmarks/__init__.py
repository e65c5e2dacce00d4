"""Speed, memory and size of the classifiers, measured on this machine: ``make bench``. See README.md beside this."""
