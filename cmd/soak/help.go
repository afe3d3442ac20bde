package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// Help is as wide as the terminal, but not so wide that lines are hard to read; 80
// columns where there is no terminal.
const (
	usualWidth = 80
	mostWidth  = 100
)

func helpWidth(w io.Writer) int {
	if width, ok := terminal(w); ok && width > 0 {
		return min(width, mostWidth)
	}
	return usualWidth
}

// fold makes the help of a command and of those below it fit so many columns: its
// paragraphs and the meanings of its flags. Topics are tables already.
func fold(cmd *cobra.Command, width int) {
	if cmd.Runnable() || cmd.HasSubCommands() {
		cmd.Long = folded(cmd.Long, width)
	}
	cmd.SetUsageTemplate(strings.ReplaceAll(cmd.UsageTemplate(), ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", width)))
	for _, sub := range cmd.Commands() {
		fold(sub, width)
	}
}

// folded breaks paragraphs anew. Lines that are indented stay as they are.
func folded(text string, width int) string {
	var paragraphs []string
	for p := range strings.SplitSeq(text, "\n\n") {
		if !strings.HasPrefix(p, " ") {
			p = filled(strings.Fields(p), width)
		}
		paragraphs = append(paragraphs, p)
	}
	return strings.Join(paragraphs, "\n\n")
}

// filled sets words in lines of at most width columns.
func filled(words []string, width int) string {
	var b strings.Builder
	column := 0
	for _, w := range words {
		n := utf8.RuneCountInString(w)
		switch {
		case column == 0:
		case column+1+n > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(w)
		column += n
	}
	return b.String()
}

// refuseUnknownTopics makes "help" of what does not exist an error, which cobra takes for
// a wish to see all of it.
func refuseUnknownTopics(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	if err != nil {
		return // nothing to get help about
	}
	help.Args = func(cmd *cobra.Command, args []string) error {
		found, rest, err := root.Find(args)
		if err == nil && len(rest) > 0 {
			err = fmt.Errorf("unknown command %q for %q", rest[0], found.CommandPath())
		}
		return err
	}
}

// seeHelp adds what to do next to what cobra complains about, unless it knows that: a
// command of like name.
func seeHelp(cmd *cobra.Command, err error) error {
	if strings.Contains(err.Error(), "Did you mean") {
		return err
	}
	about := strings.TrimSuffix(strings.TrimPrefix(cmd.CommandPath(), "soak"), " help")
	return fmt.Errorf("%w; see \"soak help%s\"", err, about)
}
