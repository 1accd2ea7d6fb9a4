; I3
; unsat means that it holds
(set-logic QF_NRA)
(declare-const A Real)
(declare-const B Real)
(declare-const g_j Real)
(declare-const g_v Real)
(assert (not (= (+ g_j (* (- 1.0) (+ g_j (* A (+ 1.0 (* (- 1.0) g_j)))) (+ g_j (* B (+ 1.0 (* (- 1.0) g_j))))) (* B (+ 1.0 (* (- 1.0) g_j)) (+ g_v (* A (+ 1.0 (* (- 1.0) g_v)))))) (* (+ 1.0 (* (- 1.0) A)) (+ 1.0 (* (- 1.0) g_j)) (+ (* B g_v) (* (- 1.0) g_j (+ (- 1.0) B)))))))
(check-sat)
