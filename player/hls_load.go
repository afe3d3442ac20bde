package player

import (
	"strconv"
	"time"

	"soak/loop"
	"soak/qoe"
)

// hlsOutcome is how one load ended: a response, or the player's own timeout.
type hlsOutcome struct {
	Response
	timeout bool
	empty   bool // it came, but it lists nothing
}

// status is what XMLHttpRequest shows: 0 for anything but an HTTP answer that was
// received whole, and for timeouts.
func (o hlsOutcome) status() int {
	if o.OK() || o.empty || o.Failure == qoe.StatusFailure {
		return o.Status
	}
	return 0
}

// why names the outcome for a person.
func (o hlsOutcome) why() string {
	switch {
	case o.timeout:
		return "timeout"
	case o.status() != 0:
		return "HTTP " + strconv.Itoa(o.Status)
	case o.Detail != "":
		return o.Detail
	}
	return string(o.Failure)
}

// hlsLoad is one XMLHttpRequest with its timer (src/utils/xhr-loader.ts): first a
// limit on the first byte, then on the whole.
type hlsLoad struct {
	w        World
	policy   *LoadPolicy
	done     func(hlsOutcome)
	start    time.Time
	url      string
	transfer Transfer
	timer    loop.Timer
}

func startLoad(w World, req Request, policy *LoadPolicy, done func(hlsOutcome)) *hlsLoad {
	l := &hlsLoad{w: w, policy: policy, done: done, start: w.Now(), url: req.URL}
	l.transfer = w.Fetch(req, l.answered)
	limit := policy.MaxTimeToFirstByteMs
	if limit == 0 {
		limit = policy.MaxLoadTimeMs
	}
	l.limit(limit)
	return l
}

func (l *hlsLoad) limit(ms float64) {
	if ms > 0 {
		l.w.Set(&l.timer, l.start.Add(millis(ms)).Sub(l.w.Now()), l.expired)
	}
}

func (l *hlsLoad) answered(r Response) {
	l.timer.Stop()
	l.done(hlsOutcome{Response: r})
}

// expired looks again at the limit on the whole when the first byte came in time.
func (l *hlsLoad) expired() {
	first := l.transfer.FirstByte()
	if whole := millis(l.policy.MaxLoadTimeMs); !first.IsZero() && l.w.Now().Sub(l.start) < whole {
		l.limit(l.policy.MaxLoadTimeMs)
		return
	}
	l.transfer.Cancel(qoe.TimeoutFailure)
	now := l.w.Now()
	l.done(hlsOutcome{timeout: true, Response: Response{
		Failure: qoe.TimeoutFailure, Start: l.start, FirstByte: first, End: now,
		Bytes: l.transfer.Loaded(), Asked: asked(l.transfer),
	}})
}

// context is the URL as the loader's context holds it.
func (l *hlsLoad) context() string {
	if url := asked(l.transfer); url != "" {
		return url
	}
	return l.url
}

// cancel gives up without telling done. A nil load is one that has ended.
func (l *hlsLoad) cancel() {
	if l == nil {
		return
	}
	l.timer.Stop()
	l.transfer.Cancel(qoe.CancelFailure)
}

// asked is the URL as the integration left it, where the transfer can tell before
// an answer came.
func asked(t Transfer) string {
	if a, ok := t.(interface{ Asked() string }); ok {
		return a.Asked()
	}
	return ""
}

// hlsLoader asks again by itself, as the original's loader does for the
// multivariant playlist and for keys. It keeps its context: the URL as the first
// attempt's integration left it is what later attempts start from.
type hlsLoader struct {
	w       World
	req     Request
	policy  *LoadPolicy
	done    func(o hlsOutcome, asked string)
	asked   string
	current *hlsLoad
	timer   loop.Timer
}

func startLoader(w World, req Request, policy *LoadPolicy, done func(o hlsOutcome, asked string)) *hlsLoader {
	l := &hlsLoader{w: w, req: req, policy: policy, done: done}
	l.try()
	return l
}

func (l *hlsLoader) try() {
	l.req.Attempt++
	l.current = startLoad(l.w, l.req, l.policy, l.ended)
}

func (l *hlsLoader) ended(o hlsOutcome) {
	l.current = nil
	if l.asked == "" {
		l.asked = o.Asked
		if l.asked == "" {
			l.asked = l.req.URL
		}
	}
	n := l.req.Attempt - 1
	retry := l.policy.retry(o.timeout)
	if !o.OK() && retry.again(n, o) {
		l.req.URL, l.req.Repeat = l.asked, true
		l.w.Set(&l.timer, retry.delay(n), l.try)
		return
	}
	l.done(o, l.asked)
}

func (l *hlsLoader) cancel() {
	if l == nil {
		return
	}
	l.timer.Stop()
	l.current.cancel()
}
