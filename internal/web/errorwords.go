package web

import (
	"encoding/json"
	"strconv"
	"strings"
)

// errorWords are the texts of the page for errors in one language, by key.
type errorWords map[string]string

// errorLanguages has the texts of each language of the pages.
var errorLanguages = readErrorLanguages()

func readErrorLanguages() map[string]errorWords {
	content, err := errorFiles.ReadFile("errorpage/messages.json")
	if err != nil {
		panic(err) // it is in the program
	}
	var languages map[string]errorWords
	if err := json.Unmarshal(content, &languages); err != nil {
		panic(err)
	}
	return languages
}

// translatedError is an error whose texts are there in every language, by its code. Programs
// are told the English ones.
func translatedError(code int) httpError {
	e := httpError{Code: code, Key: strconv.Itoa(code)}
	return e.in(errorLanguages["en"])
}

// wordsFor returns the texts for a reader with this Accept-Language header, and the value
// of `lang`.
func (e httpError) wordsFor(header string) (errorWords, string) {
	if e.Key == "" {
		return errorLanguages["en"], "en"
	}
	language := firstLanguage(header, func(language string) bool { return errorLanguages[language] != nil })
	words := errorLanguages[language]
	switch language {
	case "pt":
		return words, "pt-BR"
	case "zh":
		return words, "zh-Hans"
	}
	return words, language
}

// in is the error in the language of these texts.
func (e httpError) in(words errorWords) httpError {
	if e.Key != "" {
		e.Title, e.Message = words[e.Key+".title"], words[e.Key+".text"]
	}
	return e
}

// homeOf is the name of the link to the landing page of a brand.
func (w errorWords) homeOf(brand string) string {
	return strings.ReplaceAll(w["homeOf"], "{brand}", brand)
}
