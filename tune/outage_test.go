package tune

import (
	"context"
	"slices"
	"testing"
	"time"
)

// What the rule promises of an outage is played: a choice that it lets pass loses
// nobody, and those that it forbids do lose some.
func TestOutageIsOutlasted(t *testing.T) {
	c, err := Audience()
	if err != nil {
		t.Fatal(err)
	}
	q := Config{Scenario: c, Outage: Seconds(20 * time.Second), Grid: Grid{
		TTLs: []Seconds{Seconds(time.Minute)}, Leads: []Seconds{Seconds(10 * time.Second), Seconds(25 * time.Second)}, Policies: []string{Own, Quick},
	}}.Filled()
	good := choiceOf(60, 25, 0, Quick)
	r := &Result{Cells: []Cell{{Choice: good}}}
	if err := q.outage(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	var played []Choice
	for _, o := range r.Outage.Played {
		played = append(played, o.Choice)
	}
	if want := []Choice{good, choiceOf(60, 10, 0, Quick), choiceOf(60, 25, 0, Own)}; !slices.Equal(played, want) {
		t.Fatalf("played %v; want %v", played, want)
	}
	for i, row := range []struct {
		failing, hanging bool
		why              string
	}{
		{false, false, "the rule lets it pass"},
		{true, true, "the lead is too short"},
		{false, true, "nobody gives up a call that hangs"},
	} {
		o := r.Outage.Played[i]
		if got := o.Failing.K > o.Without.K; got != row.failing {
			t.Errorf("%v: %d of %d notice calls that fail, %d without; %s", o.Choice, o.Failing.K, o.Failing.Of, o.Without.K, row.why)
		}
		if got := o.Hanging.K > o.Without.K; got != row.hanging {
			t.Errorf("%v: %d of %d notice calls that hang, %d without; %s", o.Choice, o.Hanging.K, o.Hanging.Of, o.Without.K, row.why)
		}
		if o.OK() == (row.failing || row.hanging) {
			t.Errorf("%v: OK is %v", o.Choice, o.OK())
		}
	}
}

func TestNoOutageIsPlayed(t *testing.T) {
	q := small(t).Filled()
	r := &Result{Cells: []Cell{{Choice: choiceOf(60, 25, 0, Quick)}}}
	if err := q.outage(context.Background(), r); err != nil || r.Outage != nil {
		t.Errorf("outage %v, %v; want none where none was asked for", r.Outage, err)
	}
	q.Outage = Seconds(time.Second)
	r.Best = -1
	if err := q.outage(context.Background(), r); err != nil || r.Outage != nil {
		t.Errorf("outage %v, %v; want none where nothing is recommended", r.Outage, err)
	}
	done, stop := context.WithCancel(context.Background())
	stop()
	r.Best = 0
	if err := q.outage(done, r); err != nil || r.Outage != nil || !r.Interrupted {
		t.Errorf("outage %v, %v, interrupted %v; want an answer without it", r.Outage, err, r.Interrupted)
	}
}
