package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// JUnit writes what continuous integration shows of tests: a suite for each run, a
// case for each threshold. A verdict that is neither pass nor fail leaves its
// thresholds skipped and is an error of its own. The same runs give the same
// bytes; time is that of the scenario where nothing took real time.
func JUnit(w io.Writer, runs []Run) error {
	all := junitSuites{Name: "soak"}
	var took time.Duration
	for _, r := range runs {
		s, long := junitSuiteOf(r)
		took += long
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Suites = append(all.Suites, s)
	}
	all.Time = junitTime(took)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return fmt.Errorf("junit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// Elements and attributes as Jenkins' junit-10.xsd has them, which GitLab and
// GitHub's readers take too.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string      `xml:"name,attr"`
	Class   string      `xml:"classname,attr"`
	Time    string      `xml:"time,attr"`
	Skipped *junitText  `xml:"skipped"`
	Error   *junitFault `xml:"error"`
	Failure *junitFault `xml:"failure"`
}

type junitText struct {
	Message string `xml:"message,attr"`
}

type junitFault struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

func junitSuiteOf(r Run) (junitSuite, time.Duration) {
	s := junitSuite{Name: inXML(r.name())}
	var took time.Duration
	if r.Report == nil {
		s.Cases = []junitCase{{Name: "run", Error: &junitFault{Message: inXML(r.problem()), Type: "not run"}}}
	} else {
		took = tookOf(*r.Report)
		s.Properties = junitProperties(*r.Report)
		s.Cases = junitCases(*r.Report)
		if r.Report.Started != nil {
			s.Timestamp = r.Report.Started.UTC().Format("2006-01-02T15:04:05")
		}
	}
	s.Time = junitTime(took)
	for i := range s.Cases {
		c := &s.Cases[i]
		c.Class, c.Time = "soak."+strings.ReplaceAll(s.Name, ".", "-"), junitTime(0)
		s.count(c)
	}
	if len(s.Cases) > 0 {
		s.Cases[0].Time = s.Time // readers add the cases' times up
	}
	return s, took
}

func (s *junitSuite) count(c *junitCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

// junitCases are the thresholds, and the verdict where it is none of theirs.
func junitCases(r Report) []junitCase {
	var cases []junitCase
	decided := r.Verdict.Decision == Pass || r.Verdict.Decision == Fail
	if !decided || len(r.Outcomes) == 0 {
		c := junitCase{Name: "verdict"}
		if !decided {
			c.Error = &junitFault{
				Message: inXML(clean(strings.Join(r.Verdict.Reasons, "; "))), Type: string(r.Verdict.Decision),
				Text: inXML("\n" + summaryLines(r)),
			}
		}
		cases = append(cases, c)
	}
	for _, o := range r.Outcomes {
		condition, found := split(o.Expr, o.Cohort, o.Text)
		c := junitCase{Name: inXML(condition)}
		switch {
		case !decided:
			c.Skipped = &junitText{Message: inXML(fmt.Sprintf("the verdict is %s: %s", r.Verdict.Decision, found))}
		case !o.OK:
			c.Failure = &junitFault{Message: inXML(found), Type: "threshold", Text: inXML("\n" + summaryLines(r))}
		}
		cases = append(cases, c)
	}
	return cases
}

// summaryLines are the headline and how to repeat the run: what one wants to read
// beside a failure.
func summaryLines(r Report) string {
	lines := []string{strings.Join(headline(r), between), noticed(r)}
	if r.Repeat.Command != "" {
		lines = append(lines, "repeat: "+clean(r.Repeat.Command))
	}
	return strings.Join(lines, "\n") + "\n"
}

func junitProperties(r Report) []junitProperty {
	mode := "real time"
	if r.Virtual {
		mode = "virtual time"
	}
	return []junitProperty{
		{"soak", inXML(r.Soak)}, {"verdict", string(r.Verdict.Decision)}, {"time", mode},
		{"seed", strconv.FormatUint(r.Scenario.Seed, 10)}, {"viewers", strconv.Itoa(r.Scenario.Viewers.Count)},
		{"ttl", r.Scenario.Token.TTL.String()}, {"lead", r.Scenario.Token.Lead.String()},
		{"repeat", inXML(clean(r.Repeat.Command))},
	}
}

// tookOf is how long the run took: real time, or the scenario's.
func tookOf(r Report) time.Duration {
	switch {
	case !r.Virtual:
		return time.Duration(r.Elapsed)
	case r.AbortedAt != nil:
		return time.Duration(*r.AbortedAt)
	}
	return r.Scenario.Duration
}

func junitTime(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// inXML drops what XML 1.0 cannot hold even escaped (clause 2.2, Char). The
// encoder escapes the rest.
func inXML(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ', r >= 0xD800 && r <= 0xDFFF, r == 0xFFFE, r == 0xFFFF, r > utf8.MaxRune:
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}
