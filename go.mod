module vidchat

// +heroku goVersion go1.26
// +heroku install .

go 1.26

ignore ./client/node_modules
