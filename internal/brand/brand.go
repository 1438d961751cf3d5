// Package brand is what operators put in the place of vidchat's name, color and logo.
//
// Read palette.go first: it makes the colors of the pages of one, and knows on what
// they have to stand out.
package brand

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// DefaultName is the name on the pages as they are built.
const DefaultName = "vidchat"

// maxNameLength is how many characters of a name fit on a phone beside the logo.
const maxNameLength = 40

// maxMarks is how many combining marks a letter has at most. Scripts need up to 4; more
// would cover the lines above and below.
const maxMarks = 4

// blankBraille counts as a symbol, and looks like a space.
const blankBraille = '\u2800'

// Brand is how the pages call themselves and look. The zero value leaves them as they
// are built.
type Brand struct {
	Name    string   // replaces DefaultName; empty keeps it
	Palette *Palette // nil keeps the colors of the theme
	Logo    *Logo    // nil keeps vidchat's logo
}

// IsSet reports whether anything differs from the pages as they are built.
func (b Brand) IsSet() bool { return b != Brand{} }

// ShownName is the name on the pages.
func (b Brand) ShownName() string {
	if b.Name == "" {
		return DefaultName
	}
	return b.Name
}

var errName = errors.New("set it to 1 to 40 visible characters, without control characters and those that turn the direction of text")

var errMarks = fmt.Errorf("set it to a name whose letters have at most %d combining marks each", maxMarks)

// CheckName returns an error for a name that pages cannot show, or that could reorder
// or hide the text beside it. Markup is no problem: the pages escape it.
func CheckName(name string) error {
	length := utf8.RuneCountInString(name)
	if !utf8.ValidString(name) || length < 1 || length > maxNameLength {
		return errName
	}
	visible, marks := false, 0
	for _, r := range name {
		if !isJoiner(r) && (!unicode.IsPrint(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point)) {
			return errName
		}
		switch {
		case unicode.IsMark(r):
			marks++
		case !isJoiner(r):
			marks = 0
		}
		if marks > maxMarks {
			return errMarks
		}
		visible = visible || r != blankBraille && unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
	}
	if !visible {
		return errName
	}
	return nil
}

// isJoiner is true for the invisible characters that some scripts and emoji need: the
// zero width joiner and non-joiner.
func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }
