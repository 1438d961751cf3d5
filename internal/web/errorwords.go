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

// wordsFor returns the texts for a reader with this Accept-Language header, and the value
// of `lang`. Errors that developers see have no translation, so their pages are English.
func (e httpError) wordsFor(header string) (errorWords, string) {
	language := firstLanguage(header, func(language string) bool { return errorLanguages[language] != nil })
	english := errorLanguages["en"]
	words := errorLanguages[language]
	key := strconv.Itoa(e.Code)
	if english[key+".text"] != e.Message {
		return english, "en"
	}
	switch language {
	case "pt":
		return words, "pt-BR"
	case "zh":
		return words, "zh-Hans"
	}
	return words, language
}

// translated is the error in the language of these texts.
func (e httpError) translated(words errorWords) httpError {
	key := strconv.Itoa(e.Code)
	if errorLanguages["en"][key+".text"] == e.Message {
		e.Title, e.Message = words[key+".title"], words[key+".text"]
	}
	return e
}

// homeOf is the name of the link to the landing page of a brand.
func (w errorWords) homeOf(brand string) string {
	return strings.ReplaceAll(w["homeOf"], "{brand}", brand)
}
