"""The body of a request, as far as it may go and as long as it may take."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request


async def body_of(request: Request, most: int, seconds: float) -> bytes:
    """Raises `HTTPException`: 408 where it does not come in time, 413 where it is too large."""
    try:
        async with asyncio.timeout(seconds):
            return await read(request, most)
    except TimeoutError:
        raise HTTPException(408) from None
    except ClientDisconnect:
        raise HTTPException(400) from None


async def read(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise HTTPException(413, headers={"Connection": "close"})
    return bytes(body)
