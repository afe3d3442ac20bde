package reports

import (
	"fmt"

	"soak/tune"
)

// tuneOutage tells what became of the outage to survive.
func (p *page) tuneOutage(r *tune.Result) {
	if r.Outage == nil {
		return
	}
	lines := []string{outageText(r.Outage)}
	for _, o := range r.Outage.Played {
		lines = append(lines, clean(o.String())+": "+outlasted(o))
	}
	p.list("Outage", lines)
	p.line("")
}

func outlasted(o tune.Outlasted) string {
	if o.Failing.K == 0 && o.Hanging.K == 0 {
		return "nobody notices, whether calls fail or hang"
	}
	text := fmt.Sprintf("%s notice when calls fail, %s when they hang", number(int64(o.Failing.K)), number(int64(o.Hanging.K)))
	if o.Without.K > 0 {
		text += fmt.Sprintf(", %s without an outage", number(int64(o.Without.K)))
	}
	return text
}

func outageText(o *tune.Outage) string {
	return fmt.Sprintf("%s of the token API's, played with %s who refresh evenly spread",
		duration(o.Length), plural(int64(o.Viewers), "viewer", "viewers"))
}

// outageView is what page/tune.html shows of it.
type outageView struct {
	Text string
	Rows []outageRow
}

type outageRow struct{ Name, Mark, Class, Word, Failing, Hanging, Without string }

func outageOf(r *tune.Result) *outageView {
	if r.Outage == nil {
		return nil
	}
	v := &outageView{Text: outageText(r.Outage) + ". Failing calls are answered 503, hanging ones never."}
	for _, o := range r.Outage.Played {
		row := outageRow{
			Name: shortened(o.String()), Mark: "✓", Class: "good", Word: "survives it",
			Failing: share(o.Failing), Hanging: share(o.Hanging), Without: share(o.Without),
		}
		if !o.OK() {
			row.Mark, row.Class, row.Word = "✗", "bad", "does not"
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}
