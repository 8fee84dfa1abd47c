module starter-service

go 1.26
