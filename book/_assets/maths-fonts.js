// Filled by the build: see _ext/maths_fonts.py.
