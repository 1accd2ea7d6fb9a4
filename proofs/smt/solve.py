#!/usr/bin/env python3
"""Ask a solver about SMT-LIB files: one line ``FILE ANSWER`` each, where "unsat" is what is hoped.

python proofs/smt/solve.py z3|cvc5 SECONDS FILE...     (SECONDS for each file)
"""

import sys
from pathlib import Path


def z3(text, seconds):
    import z3

    solver = z3.Solver()
    solver.set("timeout", 1000 * seconds)
    solver.from_string(text)
    return str(solver.check())


def cvc5(text, seconds):
    import cvc5

    solver = cvc5.Solver()
    solver.setOption("tlimit-per", str(1000 * seconds))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "lemma")
    symbols, answer = parser.getSymbolManager(), ""
    while not (command := parser.nextCommand()).isNull():
        answer = command.invoke(solver, symbols).strip() or answer
    return answer


if __name__ == "__main__":
    ask = {"z3": z3, "cvc5": cvc5}[sys.argv[1]]
    for path in sys.argv[3:]:
        print(path, ask(Path(path).read_text(encoding="utf-8"), int(sys.argv[2])), flush=True)
