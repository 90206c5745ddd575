"""For instructors: exams to print, each student's own, with their key; the table of items; exports to other systems.

Everything is made of `labcode.practice`: what is said of a wrong answer is what the page would say. Modules: exam (who
gets what) → paper (HTML) → printing (PDF); items; moodle, stack, gift, qti, notebooks (exports); command.
"""
