package qoe

import (
	"encoding/json"
	"fmt"
	"time"
)

const (
	burstWidth = 10 * time.Millisecond
	burstPage  = 100 // windows allocated together: a second at first
	maxBursts  = MaxBuckets * burstPage
)

// Bursts counts what comes at once: events in windows of 10 ms since the start of
// the run. Like a [Timeline] it joins neighbours when there would be too many, after
// an hour, and its width depends on the latest event only. The zero Bursts is empty.
type Bursts struct {
	width time.Duration // of a window: 10 ms times a power of two; 0 while empty
	pages []*[burstPage]uint32
}

func (b *Bursts) add(d time.Duration) { b.count(d, 1) }

func (b *Bursts) count(d time.Duration, n uint32) {
	if b.width == 0 {
		b.width = burstWidth
	}
	d = max(d, 0)
	for d/b.width >= maxBursts {
		b.double()
	}
	i := int(d / b.width)
	for len(b.pages) <= i/burstPage {
		b.pages = append(b.pages, nil)
	}
	page := b.pages[i/burstPage]
	if page == nil {
		page = new([burstPage]uint32)
		b.pages[i/burstPage] = page
	}
	page[i%burstPage] += n
}

// double makes every window twice as wide.
func (b *Bursts) double() {
	old := *b
	*b = Bursts{width: old.width * 2}
	old.each(func(at time.Duration, n uint32) { b.count(at, n) })
}

// each tells the windows that are not empty, in order.
func (b *Bursts) each(tell func(at time.Duration, n uint32)) {
	for p, page := range b.pages {
		if page == nil {
			continue
		}
		for i, n := range page {
			if n > 0 {
				tell(time.Duration(p*burstPage+i)*b.width, n)
			}
		}
	}
}

func (b *Bursts) merge(o *Bursts) {
	for o.width > b.width && b.width > 0 {
		b.double()
	}
	if b.width == 0 {
		b.width = o.width
	}
	o.each(b.count)
}

// Peak is the fullest window, the first of equals: its events, when it began and
// how wide it is. In runs over an hour it is wider than 10 ms.
func (b *Bursts) Peak() (events int64, at, width time.Duration) {
	b.each(func(start time.Duration, n uint32) {
		if int64(n) > events {
			events, at = int64(n), start
		}
	})
	return events, at, b.width
}

// burstsJSON has the windows that are not empty: the number of empty ones before
// each, and its events, by turns.
type burstsJSON struct {
	Millis  int64   `json:"millis"`
	Windows []int64 `json:"windows"`
}

// MarshalJSON writes {"millis": 10, "windows": [gap, count, gap, count …]}.
func (b Bursts) MarshalJSON() ([]byte, error) {
	out := burstsJSON{Millis: b.width.Milliseconds(), Windows: []int64{}}
	next := time.Duration(0)
	b.each(func(at time.Duration, n uint32) {
		out.Windows = append(out.Windows, int64((at-next)/b.width), int64(n))
		next = at + b.width
	})
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (b *Bursts) UnmarshalJSON(data []byte) error {
	var in burstsJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*b = Bursts{}
	if len(in.Windows) == 0 {
		return nil
	}
	width := time.Duration(in.Millis) * time.Millisecond
	if times := width / burstWidth; width <= 0 || width%burstWidth != 0 || times&(times-1) != 0 || times > 1<<40 || len(in.Windows)%2 != 0 {
		return fmt.Errorf("bursts of %d ms with %d numbers are none", in.Millis, len(in.Windows))
	}
	b.width = width
	i := int64(0)
	for k := 0; k < len(in.Windows); k += 2 {
		gap, n := in.Windows[k], in.Windows[k+1]
		if gap < 0 || gap >= maxBursts || i+gap >= maxBursts || n <= 0 || n > 1<<31 {
			return fmt.Errorf("bursts: a gap of %d windows and %d events", gap, n)
		}
		i += gap
		b.count(time.Duration(i)*width, uint32(n))
		i++
	}
	return nil
}

// Fullest is the greatest number of events in a window of each stretch of so many
// seconds: how high a burst stood when.
func (b *Bursts) Fullest(seconds int64) []int64 {
	var most []int64
	each := time.Duration(max(seconds, 1)) * time.Second
	b.each(func(at time.Duration, n uint32) {
		i := int(at / each)
		for len(most) <= i {
			most = append(most, 0)
		}
		most[i] = max(most[i], int64(n))
	})
	return most
}
