; I2
; unsat means that it holds
(set-logic QF_NRA)
(declare-const X Real)
(declare-const g Real)
(assert (not (= (+ g (* (- 1.0) X) (* X (+ 1.0 (* (- 1.0) g)))) (* g (+ 1.0 (* (- 1.0) X))))))
(check-sat)
