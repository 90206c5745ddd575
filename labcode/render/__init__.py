"""From records to text: LaTeX, HTML and SVG. Nothing is computed here, only written down."""
