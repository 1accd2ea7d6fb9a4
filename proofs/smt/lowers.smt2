; x >= 1 implies h(x) <= x
; unsat means that it holds
(set-logic QF_NRA)
(declare-const A Real)
(declare-const g Real)
(assert (<= 0.0 g))
(assert (<= g 1.0))
(assert (<= 1.0 A))
(assert (not (<= (+ g (* A (+ 1.0 (* (- 1.0) g)))) A)))
(check-sat)
