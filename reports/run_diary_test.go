package reports

import (
	"bytes"
	"fmt"
	"html"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// What came of an exchange is said in words as well as by a colour.
func TestOutcomeOf(t *testing.T) {
	for _, row := range []struct {
		entry       qoe.Entry
		class, want string
		why         string
	}{
		{qoe.Entry{What: "segment", Status: 200, Signed: true, Margin: 9000}, "k1", "200", "all is well"},
		{qoe.Entry{What: "segment", Status: 200}, "k1", "200", "a stream without tokens"},
		{qoe.Entry{What: "segment", Status: 200, Signed: true, Margin: 4999}, "k5", "200 short life", "it might not have lasted"},
		{qoe.Entry{What: "segment", Status: 200, Signed: true, Margin: -1}, "k4", "200 dead token", "an edge that looks away"},
		{qoe.Entry{What: "playlist", Status: 403, Failure: qoe.StatusFailure, Signed: true, Margin: 9000}, "k2", "403 refused", "for its token"},
		{qoe.Entry{What: "playlist", Status: 500, Failure: qoe.StatusFailure}, "k2", "500 failed", "for another reason"},
		{qoe.Entry{What: "playlist", Failure: qoe.TimeoutFailure}, "k2", "timeout", "no answer"},
		{qoe.Entry{What: "playlist", Status: 200, Failure: qoe.BodyFailure}, "k2", "200 body", "an answer that is none"},
		{qoe.Entry{What: "segment", Failure: qoe.CancelFailure}, "k6", "given up", "nobody's fault"},
		{qoe.Entry{What: "refresh", Status: 200, Signed: true}, "k3", "200 new token", "a token"},
		{qoe.Entry{What: "refresh", Status: 200}, "k3", "200 not taken", "a token no better than the one held"},
		{qoe.Entry{What: "refresh", Status: 403, Failure: qoe.StatusFailure}, "k2", "403 failed", "the API's no is no refusal by an edge"},
	} {
		if class, got := outcomeOf(&row.entry); class != row.class || got != row.want {
			t.Errorf("outcomeOf(%+v) = %s, %q; want %s, %q: %s", row.entry, class, got, row.class, row.want, row.why)
		}
	}
}

// Bars stay within their axis, however long or short what they stand for.
func TestDiaryBars(t *testing.T) {
	d := &qoe.Diary{Written: 900, Entries: []qoe.Entry{
		{At: 10_000, What: "playlist", Status: 200, Took: 0},
		{At: 10_000, What: "segment", Status: 200, First: 5000, Took: 10_000, Buffer: 4000},
		{At: 12_000, What: "segment", Failure: qoe.TimeoutFailure, Took: 8000, Buffer: -1},
		{At: 15_000, What: "stall", Took: 3_600_000},
		{At: 18_000, What: "switch", From: 400, To: 3000},
		{At: 20_000, What: "refresh", Status: 200, Signed: true},
	}}
	v := diaryOf(17, "some", d)
	var paths []string
	for _, row := range v.Rows {
		paths = append(paths, row.Path)
	}
	want := "M0 5h0V1h10v10h-10V7h-0z M0 5h500V1h500v10h-500V7h-500z M200 5h800v2h-800z M500 0h500v12h-500z M800 0h10v12h-10z M990 5h0V1h10v10h-10V7h-0z"
	if got := strings.Join(paths, " "); got != want {
		t.Errorf("bars %s; want %s", got, want)
	}
	if got, want := fmt.Sprintf("%v %v %s %s %s", v.Frozen, v.Tokens, v.From, v.To, v.About), "[{500 500}] [{998 2}] 0:10.0 0:20.0 6 lines of the 900 of this viewer’s diary."; got != want {
		t.Errorf("%s; want %s", got, want)
	}
	if want := "0,100 500,100 1000,2 1000,100"; v.Buffer != want || v.Most != "4.00 s" {
		t.Errorf("buffer %s up to %s; want %s up to 4.00 s: unknown where a request was given up, nothing while the picture stands", v.Buffer, v.Most, want)
	}
}

// A page whose player is dead may call the token API for as long as the run: its axis
// ends with the player, unless the viewer came back.
func TestDiaryOfTheDead(t *testing.T) {
	entries := []qoe.Entry{
		{At: 10_000, What: "segment", Status: 410, Failure: qoe.StatusFailure, Took: 100},
		{At: 12_000, What: "fatal"},
		{At: 14_000, What: "refresh", Status: 200, Took: 50},
		{At: 3_600_000, What: "refresh", Status: 200, Took: 50},
	}
	for _, row := range []struct {
		why  string
		more []qoe.Entry
		want timeAxis
	}{
		{"dead for good", nil, timeAxis{10_000, 12_000}},
		{"back two hours later", []qoe.Entry{{At: 7_210_000, What: "manifest", Status: 200, Took: 40}, {At: 7_220_000, What: "refresh", Took: 30}}, timeAxis{10_000, 7_220_030}},
	} {
		d := &qoe.Diary{Entries: append(entries[:len(entries):len(entries)], row.more...)}
		if got := spanOf(d.Entries); got != row.want {
			t.Errorf("%s: the axis is %+v; want %+v", row.why, got, row.want)
		}
		if v := diaryOf(1, "some", d); !strings.HasPrefix(v.Rows[3].Path, "M990 ") == (row.more == nil) {
			t.Errorf("%s: the last call stands at %s", row.why, v.Rows[3].Path)
		}
	}
}

// Whoever is on the list with a diary is linked to it, and it is on the page.
func TestRunPageDiaries(t *testing.T) {
	page := html.UnescapeString(runPageText(t, fixture(t, true, true, false)))
	for _, want := range []string{`<a href="#viewer-0" data-opens="viewer-0">#0</a>`, `<details class="life" id="viewer-0">`, "410 refused", "fragLoadError: 410", "Some who lost nothing", "400 kbit/s → 3.00 Mbit/s"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	if n := strings.Count(page, `<details class="life"`); n != 2 {
		t.Errorf("%d diaries; want those of one who lost something and of one who did not", n)
	}
	plain := fixture(t, true, true, false)
	plain.Summary.Ordinary = nil
	for i := range plain.Summary.Worst {
		plain.Summary.Worst[i].Diary = nil
	}
	if text := runPageText(t, plain); strings.Contains(text, "data-opens=\"") || strings.Contains(text, `id="diaries"`) {
		t.Error("a page without diaries links to some")
	}
}

// A page made of a summary that went through JSON is the same to the byte.
func TestRunPageOfSummary(t *testing.T) {
	r := fixture(t, true, false, false)
	var text bytes.Buffer
	if err := JSON(&text, r); err != nil {
		t.Fatal(err)
	}
	back, err := Read(&text)
	if err != nil {
		t.Fatal(err)
	}
	if runPageText(t, r) != runPageText(t, back) {
		t.Error("summary.json gives another page than the run itself")
	}
}

func TestTenths(t *testing.T) {
	for ms, want := range map[int64]string{0: "0:00.0", 61_450: "1:01.4", -500: "−0:00.5", 7_200_000: "120:00.0"} {
		if got := tenths(ms); got != want {
			t.Errorf("tenths(%d) = %q; want %q", ms, got, want)
		}
	}
	if got := tenths(time.Hour.Milliseconds()); got != "60:00.0" {
		t.Errorf("an hour is %q", got)
	}
}
