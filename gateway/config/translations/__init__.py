"""Messages in other languages, from the files of `translations/`: checked and built."""
