package qoe

import (
	"encoding/json"
	"fmt"
	"slices"
)

// failures in the order in which they are counted and listed.
var failures = [...]Failure{NoFailure, StatusFailure, DNSFailure, RefusedFailure, TLSFailure, ResetFailure,
	TimeoutFailure, BodyFailure, CancelFailure, RedirectFailure, NetworkFailure}

// counts tells whether f is a failure, and not a request that was given up.
func (f Failure) counts() bool { return f != NoFailure && f != CancelFailure }

// index is the place of f in failures. A failure not listed is a NetworkFailure,
// which stands for any other.
func (f Failure) index() int {
	if f == NoFailure { // as most
		return 0
	}
	return f.place()
}

func (f Failure) place() int {
	for i := range failures {
		if failures[i] == f {
			return i
		}
	}
	return len(failures) - 1
}

// classes of HTTP status, by first digit; 0 is no answer.
var classes = [...]string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"}

func classOf(status int) int {
	if c := uint(status) / 100; c < uint(len(classes)) {
		return int(c)
	}
	return 0
}

// Requests counts HTTP exchanges by kind, status class and failure. The zero
// Requests is empty.
type Requests struct {
	cells [NumKinds][len(classes)][len(failures)]cell
}

type cell struct{ count, bytes int64 }

// RequestRow is one cell of Requests.
type RequestRow struct {
	Kind    Kind    `json:"kind"`
	Status  string  `json:"status"` // "2xx", "4xx" …; "none" without an answer
	Failure Failure `json:"failure,omitempty"`
	Count   int64   `json:"count"`
	Bytes   int64   `json:"bytes,omitempty"`
}

func (r *Requests) add(f *Fetch) {
	if int(f.Kind) >= NumKinds {
		return
	}
	of := &r.cells[f.Kind]
	c := &of[2][0] // 2xx and no failure, as most
	if f.Failure != NoFailure || f.Status < 200 || f.Status > 299 {
		c = &of[classOf(f.Status)][f.Failure.index()]
	}
	c.count++
	c.bytes += f.Bytes
}

func (r *Requests) merge(o *Requests) {
	for k := range r.cells {
		for c := range r.cells[k] {
			for f := range r.cells[k][c] {
				r.cells[k][c][f].count += o.cells[k][c][f].count
				r.cells[k][c][f].bytes += o.cells[k][c][f].bytes
			}
		}
	}
}

// Rows lists the cells that are not empty, by kind, class and failure.
func (r *Requests) Rows() []RequestRow {
	rows := []RequestRow{}
	for k := range r.cells {
		for c := range r.cells[k] {
			for f, cell := range r.cells[k][c] {
				if cell.count != 0 {
					rows = append(rows, RequestRow{Kind(k), classes[c], failures[f], cell.count, cell.bytes})
				}
			}
		}
	}
	return rows
}

// Count is the number of requests of a kind, whatever came of them.
func (r *Requests) Count(k Kind) int64 {
	n, _, _ := r.sum(func(row RequestRow) bool { return row.Kind == k })
	return n
}

// Total is the number of requests, how many of them failed (given-up ones not
// counted), and the bytes received.
func (r *Requests) Total() (count, failed, bytes int64) {
	return r.sum(func(RequestRow) bool { return true })
}

func (r *Requests) sum(want func(RequestRow) bool) (count, failed, bytes int64) {
	for _, row := range r.Rows() {
		if !want(row) {
			continue
		}
		count += row.Count
		bytes += row.Bytes
		if row.Failure.counts() {
			failed += row.Count
		}
	}
	return count, failed, bytes
}

// MarshalJSON writes Rows.
func (r Requests) MarshalJSON() ([]byte, error) { return json.Marshal(r.Rows()) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Requests) UnmarshalJSON(data []byte) error {
	var rows []RequestRow
	if err := json.Unmarshal(data, &rows); err != nil {
		return err
	}
	*r = Requests{}
	for _, row := range rows {
		class := slices.Index(classes[:], row.Status)
		if class < 0 {
			return fmt.Errorf("status class %.40q is not known", row.Status)
		}
		c := &r.cells[row.Kind][class][row.Failure.index()]
		c.count += row.Count
		c.bytes += row.Bytes
	}
	return nil
}

// refusals are the statuses by which an edge turns a token down: unauthorized,
// bad, expired.
var refusals = [...]int{401, 403, 410}

// Refused counts requests an edge turned down for their token, by kind and
// status. Answers of the token API itself are not among them. The zero Refused
// is empty.
type Refused struct {
	cells [NumKinds][len(refusals)]int64
}

// RefusedRow is one cell of Refused.
type RefusedRow struct {
	Kind   Kind  `json:"kind"`
	Status int   `json:"status"`
	Count  int64 `json:"count"`
}

func (r *Refused) add(k Kind, status int, n int64) {
	if i := slices.Index(refusals[:], status); i >= 0 && int(k) < NumKinds {
		r.cells[k][i] += n
	}
}

func (r *Refused) merge(o *Refused) {
	for k := range r.cells {
		for i := range r.cells[k] {
			r.cells[k][i] += o.cells[k][i]
		}
	}
}

// Rows lists the cells that are not empty, by kind and status.
func (r *Refused) Rows() []RefusedRow {
	rows := []RefusedRow{}
	for k := range r.cells {
		for i, n := range r.cells[k] {
			if n != 0 {
				rows = append(rows, RefusedRow{Kind(k), refusals[i], n})
			}
		}
	}
	return rows
}

// Count is the number of refusals of all kinds and statuses.
func (r *Refused) Count() (n int64) {
	for _, row := range r.Rows() {
		n += row.Count
	}
	return n
}

// MarshalJSON writes Rows.
func (r Refused) MarshalJSON() ([]byte, error) { return json.Marshal(r.Rows()) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Refused) UnmarshalJSON(data []byte) error {
	var rows []RefusedRow
	if err := json.Unmarshal(data, &rows); err != nil {
		return err
	}
	*r = Refused{}
	for _, row := range rows {
		r.add(row.Kind, row.Status, row.Count)
	}
	return nil
}
