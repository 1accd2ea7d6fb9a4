; I5
; unsat means that it holds
(set-logic QF_NRA)
(declare-const S Real)
(declare-const X Real)
(declare-const q Real)
(assert (> S 0.0))
(assert (> X 0.0))
(assert (not (= (+ S (* (- 1.0) X) (* q (/ 1.0 S)) (* (- 1.0) q (/ 1.0 X))) (* (/ 1.0 S) (/ 1.0 X) (+ S (* (- 1.0) X)) (+ (* (- 1.0) q) (* S X))))))
(check-sat)
