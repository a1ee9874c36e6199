module bookstore/go

go 1.19
