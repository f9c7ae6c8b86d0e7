"""The one way to open a file of others: a process with limits reads it and answers with rows, pictures or bytes (`client.reading`).

Nothing is imported here: the server would import it too, and Arrow with it before its memory is set up.
"""
