package fleet

import (
	"net/http"
	"time"

	"soak/lab"
	"soak/netem"
	"soak/qoe"
	"soak/refresher"
)

// apiHost is the token API's place in the model's connection pool: players reach
// it over connections of its own.
const apiHost = "api"

// modelSource is the way to the lab's token API in virtual time.
type modelSource struct {
	*modelNetwork
	query   string
	visited func(now time.Time)
}

// Call implements refresher.Source. The backend's queue is shared by all viewers,
// so the visit waits until everyone has reached that instant. A call given up
// still burns the backend's time: that is what amplifies real storms.
func (s *modelSource) Call(n int, done func(refresher.Answer)) (cancel func(qoe.Failure)) {
	start, given := s.loop.Now(), false
	var a lab.Answer
	arrive := func(reply func(netem.Reply)) {
		s.loop.Share(0, func() {
			now := s.loop.Now()
			s.visited(now)
			a = s.lab.Token(s.from.atAPI(lab.Request{Path: "/api/token", RawQuery: s.query, Viewer: s.viewer, Call: n}), now)
			s.reply(a, reply)
		})
	}
	x := s.model.Do(apiHost, requestBytes, arrive, func() {}, func(failure qoe.Failure) {
		if !given {
			done(s.decode(a, failure, start))
		}
	})
	return func(qoe.Failure) {
		given = true
		x.Cancel()
	}
}

func (s *modelSource) decode(a lab.Answer, failure qoe.Failure, start time.Time) refresher.Answer {
	if failure != qoe.NoFailure {
		return refresher.Answer{Failure: failure, Start: start, End: s.loop.Now()}
	}
	header := http.Header{}
	for _, f := range a.Header {
		header.Set(f.Name, f.Value)
	}
	if !a.Date.IsZero() {
		header.Set("Date", a.Date.UTC().Format(http.TimeFormat))
	}
	answer := refresher.ReadAnswer(a.Status, header, a.Body(), refresher.Fields{})
	answer.Start, answer.End = start, s.loop.Now()
	return answer
}
