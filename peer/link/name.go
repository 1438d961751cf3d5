package link

import (
	"regexp"
	"strings"
	"unicode"
)

// generated matches part of a room that vidchat drew, which is never without a key.
var generated = regexp.MustCompile(`(?i)[\da-f]{16}`)

var words = regexp.MustCompile(`[\w-]+`)

// window is the length of a part of a key that is recognized, and maxRarePairs how
// many pairs that random text is full of a part of a name may have.
const (
	window       = 8
	maxRarePairs = 1
)

// looksLikeKey reports whether a name has a part that looks like part of a key.
func looksLikeKey(name string) bool {
	for _, word := range words.FindAllString(name, -1) {
		for start := 0; start+window <= len(word); start++ {
			part := word[start : start+window]
			if strings.ContainsFunc(part, unicode.IsLower) && strings.ContainsFunc(part, unicode.IsUpper) && rarePairs(part) > maxRarePairs {
				return true
			}
		}
	}
	return false
}

// rarePairs counts the pairs that names rarely have.
func rarePairs(text string) (count int) {
	for i := range len(text) - 1 {
		if isRare(text[i], text[i+1], text[i+2:]) {
			count++
		}
	}
	return count
}

func isRare(first, second byte, rest string) bool {
	switch {
	case isLower(first) && isUpper(second):
		return !beginsWord(rest)
	case isDigit(first):
		return isLower(second) || isUpper(second)
	case isUpper(first) && isUpper(second):
		return rest != "" && isLower(rest[0])
	}
	return isUpper(first) && isDigit(second)
}

// beginsWord reports whether a capital letter before this begins a word.
func beginsWord(rest string) bool {
	return rest != "" && isLower(rest[0]) && (len(rest) == 1 || isLower(rest[1]))
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
