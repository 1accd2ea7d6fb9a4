; ((1-g)a+g)((1-g)b+g) - ((1-g)ab+g) = -g(1-g)(1-a)(1-b)
; unsat means that it holds
(set-logic QF_NRA)
(declare-const a Real)
(declare-const b Real)
(declare-const g Real)
(assert (not (= (+ (* (- 1.0) g) (* (+ g (* a (+ 1.0 (* (- 1.0) g)))) (+ g (* b (+ 1.0 (* (- 1.0) g))))) (* (- 1.0) a b (+ 1.0 (* (- 1.0) g)))) (* (- 1.0) g (+ 1.0 (* (- 1.0) a)) (+ 1.0 (* (- 1.0) b)) (+ 1.0 (* (- 1.0) g))))))
(check-sat)
