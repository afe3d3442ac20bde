package reports

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

func timelineOf(t *testing.T, r Report) [][]string {
	t.Helper()
	var out bytes.Buffer
	if err := CSV(&out, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestCSV(t *testing.T) {
	r := fixture(t, true, true, false)
	var out bytes.Buffer
	if err := CSV(&out, r); err != nil {
		t.Fatal(err)
	}
	golden(t, "timeline.csv", out.Bytes())
	if rows := timelineOf(t, Report{}); len(rows) != 1 {
		t.Errorf("%d rows of nothing; want the head", len(rows))
	}
}

// Whatever a bucket counts has a column: each field of its own changes one cell and
// only one, but for viewers, who are there as long as they have not left.
func TestCSVHasEverything(t *testing.T) {
	row := func(b qoe.Bucket) []string {
		return timelineOf(t, Report{Summary: &qoe.Summary{Timeline: qoe.Timeline{Seconds: 1, Buckets: []qoe.Bucket{b}}}})[1]
	}
	of := reflect.TypeFor[qoe.Bucket]()
	for i := range of.NumField() {
		b := qoe.Bucket{Signed: 1} // a margin means nothing without
		reflect.ValueOf(&b).Elem().Field(i).SetInt(17_000_000)
		changed := 0
		for k, cell := range row(b) {
			if cell != row(qoe.Bucket{Signed: 1})[k] && csvColumns[k].name != "viewers" {
				changed++
			}
		}
		if changed != 1 {
			t.Errorf("qoe.Bucket.%s shows in %d columns of timeline.csv; want one: give it a column in reports/csv.go", of.Field(i).Name, changed)
		}
	}
}

// A year has no more rows than an hour.
func TestCSVIsBounded(t *testing.T) {
	shard := qoe.NewShard(epoch)
	v := shard.Viewer(0, qoe.Labels{})
	for day := range 365 {
		v.Emit(qoe.Refresh{Call: day + 1, Start: epoch.Add(time.Duration(day) * 24 * time.Hour)})
	}
	rows := timelineOf(t, Report{Summary: shard.Summary()})
	if len(rows) > qoe.MaxBuckets+1 {
		t.Errorf("%d rows; want %d at most", len(rows), qoe.MaxBuckets+1)
	}
	calls := 0
	for _, row := range rows[1:] {
		calls += len(strings.TrimLeft(row[10], "0"))
	}
	if calls != 365 {
		t.Errorf("%d calls in all rows; want 365", calls)
	}
}

func TestCSVTellsErrors(t *testing.T) {
	full := errors.New("disk full")
	if err := CSV(failing{full}, fixture(t, true, true, false)); !errors.Is(err, full) {
		t.Errorf("CSV = %v; want %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// The page lists the columns that there are.
func TestFilesPage(t *testing.T) {
	const begin, end = "<!-- go test ./reports -run FilesPage -update writes what follows -->\n", "<!-- up to here -->"
	page, err := os.ReadFile("../docs/files.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("docs/files.md has no place for the columns")
	}
	table := "| column | |\n|---|---|\n"
	for _, c := range csvColumns {
		table += fmt.Sprintf("| `%s` | %s |\n", c.name, c.help)
	}
	want := before + begin + table + end + after
	if *update {
		if err := os.WriteFile("../docs/files.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(page) {
		t.Error("docs/files.md is out of date; run go test ./reports -run FilesPage -update")
	}
}
