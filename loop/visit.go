package loop

import "time"

// visit is a loop that waits with a shared event at the head of its queue.
type visit struct {
	at   time.Duration
	loop *Virtual
}

func (a visit) before(b visit) bool {
	return a.at < b.at || (a.at == b.at && a.loop.id < b.loop.id)
}

// visits is a heap of them, the first one at its top.
type visits []visit

func (q *visits) push(e visit) {
	*q = append(*q, e)
	heap := *q
	i := len(heap) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(heap[parent]) {
			break
		}
		heap[i] = heap[parent]
		i = parent
	}
	heap[i] = e
}

// drop removes the first.
func (q *visits) drop() {
	last := len(*q) - 1
	e := (*q)[last]
	*q = (*q)[:last]
	if last > 0 {
		q.replace(e)
	}
}

// replace puts e in the first one's place and moves it to its own.
func (q visits) replace(e visit) {
	i := 0
	for {
		child := 2*i + 1
		if child >= len(q) {
			break
		}
		if right := child + 1; right < len(q) && q[right].before(q[child]) {
			child = right
		}
		if !q[child].before(e) {
			break
		}
		q[i] = q[child]
		i = child
	}
	q[i] = e
}
