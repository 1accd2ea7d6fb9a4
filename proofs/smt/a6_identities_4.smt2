; I4
; unsat means that it holds
(set-logic QF_NRA)
(declare-const X Real)
(declare-const Y Real)
(declare-const g Real)
(assert (not (= (* (+ g (* X (+ 1.0 (* (- 1.0) g)))) (+ g (* Y (+ 1.0 (* (- 1.0) g))))) (+ (* g g) (* X Y (* (+ 1.0 (* (- 1.0) g)) (+ 1.0 (* (- 1.0) g)))) (* g (+ 1.0 (* (- 1.0) g)) (+ X Y))))))
(check-sat)
