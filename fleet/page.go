package fleet

import (
	"time"

	"soak/qoe"
	"soak/refresher"
)

// handling is how long a browser takes from the last byte of an answer to the page's
// callback and what that asks for (seen in Chromium 156 on two cores: 5 to 15 ms).
const handling = 10 * time.Millisecond

// pageSource brings answers of the token API to the page.
type pageSource struct {
	refresher.Source
	viewer *viewer
}

// Call implements refresher.Source.
func (s *pageSource) Call(n int, done func(refresher.Answer)) (cancel func(qoe.Failure)) {
	given := false
	stop := s.Source.Call(n, func(a refresher.Answer) {
		s.viewer.Media(handling, func() {
			if !given {
				done(a)
			}
		})
	})
	return func(why qoe.Failure) {
		given = true
		stop(why)
	}
}
