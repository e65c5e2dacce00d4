"""A classified-ads or business-to-business marketplace."""

from __future__ import annotations

import re
from typing import ClassVar

from crawler.access.listing_pages import ListingPages


class Marketplace(ListingPages):
    """A marketplace whose listings carry schema.org structured data.

    Service: any; the operator names it
    What it finds: one sighting a listing, with its own text, price, seller and telephone as stated
    Endpoint: sources.marketplace.endpoint, the search page; {query} and {page} are filled in
    Terms: sources.marketplace.terms_url; counsel must have allowed it before it is switched on
    Needs: sources.marketplace.queries, or seeds that are result pages
    Limits: sources.marketplace.budget_pages; numbers behind a click or a code are not asked for
    """

    name = "marketplace"
    listing_path: ClassVar[re.Pattern[str]] = re.compile(
        r"/(ads?|item|itm|listings?|p|proddetail|products?|offers?|l)[/-][^/?#]*[^/?#\s]", re.IGNORECASE
    )
    product_facts: ClassVar[dict[str, str]] = {
        "brand": "brand",
        "category": "category",
        "applicationCategory": "category",
        "datePosted": "published",
        "datePublished": "published",
        "areaServed": "area",
        "softwareVersion": "version",
        "operatingSystem": "system",
        "sku": "sku",
        "telephone": "telephone",
    }
    offer_facts: ClassVar[dict[str, str]] = {
        "price": "price",
        "lowPrice": "price",
        "highPrice": "price_to",
        "priceCurrency": "currency",
        "priceSpecification": "price_note",
        "description": "offer",
    }
    seller_facts: ClassVar[dict[str, str]] = {
        "name": "seller",
        "telephone": "telephone",
        "email": "email",
        "url": "seller_url",
        "sameAs": "seller_elsewhere",
        "address": "seller_address",
        "taxID": "tax_id",
        "vatID": "tax_id",
    }
    spoken_facts: ClassVar[tuple[str, ...]] = ("offer", "seller", "telephone")
    #: Nothing in these says who sells what for how much.
    ignored: ClassVar[frozenset[str]] = frozenset(
        {
            *("aggregateRating", "availability", "availableLanguage", "foundingDate", "gtin13", "image", "inLanguage"),
            *("itemCondition", "itemOffered", "logo", "mainEntityOfPage", "mpn", "offerCount", "priceValidUntil"),
            *("productID", "review", "serviceType", "url"),
        }
    )
