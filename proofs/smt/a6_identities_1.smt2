; I1
; unsat means that it holds
(set-logic QF_NRA)
(declare-const A Real)
(declare-const B Real)
(declare-const g Real)
(assert (not (= (+ (* (- 1.0) g) (* (+ g (* A (+ 1.0 (* (- 1.0) g)))) (+ g (* B (+ 1.0 (* (- 1.0) g))))) (* (- 1.0) A B (+ 1.0 (* (- 1.0) g)))) (* (- 1.0) g (+ 1.0 (* (- 1.0) A)) (+ 1.0 (* (- 1.0) B)) (+ 1.0 (* (- 1.0) g))))))
(check-sat)
