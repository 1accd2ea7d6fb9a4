; I6
; unsat means that it holds
(set-logic QF_NRA)
(declare-const A Real)
(declare-const D Real)
(declare-const Z Real)
(declare-const g Real)
(declare-const g_v Real)
(assert (not (= (+ (* (+ g (* D (+ 1.0 (* (- 1.0) g)))) (+ g (* A Z (+ 1.0 (* (- 1.0) g))))) (* (- 1.0) (+ g (* A (+ 1.0 (* (- 1.0) g)))) (+ g (* D (+ 1.0 (* (- 1.0) g)) (+ g_v (* Z (+ 1.0 (* (- 1.0) g_v)))))))) (* (+ 1.0 (* (- 1.0) g)) (+ (- 1.0) Z) (+ (* (- 1.0) g (+ D (* (- 1.0) A))) (* D g_v (+ g (* A (+ 1.0 (* (- 1.0) g))))))))))
(check-sat)
