"""The sources, one file each: a page or an API answer in; drafts of sightings, next steps and issues out."""
