; seen on symmerge's operators: BOOT - vanilla for T = 3
; unsat means that it holds
(set-logic QF_NRA)
(declare-const a_1 Real)
(declare-const a_2 Real)
(declare-const a_3 Real)
(declare-const g_3 Real)
(assert (not (= (+ (* (- 1.0) a_3 (+ g_3 (* a_1 a_2 (+ 1.0 (* (- 1.0) g_3))))) (* a_3 (+ g_3 (* a_1 (+ 1.0 (* (- 1.0) g_3)))) (+ g_3 (* a_2 (+ 1.0 (* (- 1.0) g_3)))))) (* (- 1.0) a_3 g_3 (+ 1.0 (* (- 1.0) a_1)) (+ 1.0 (* (- 1.0) a_2)) (+ 1.0 (* (- 1.0) g_3))))))
(check-sat)
