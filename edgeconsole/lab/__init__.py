"""A whole federated world on loopback: name server, certificate authority, our edge, partners good and bad."""
